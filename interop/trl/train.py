"""A few optimisation steps of TRL's GRPOTrainer against `echo`, with nothing of TRL or OpenEnv changed.

The model is tiny and begins with random weights, so it is first fitted to one conversation that calls the tool. Then TRL
samples it, calls the tool through OpenEnv's client, and takes the rewards from the environment object, as its guide says.
"""

import asyncio
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "openenv"))

import torch
from datasets import Dataset
from harness import URL, Checks, capacity, equal
from openenv import GenericEnvClient
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM
from trl import GRPOConfig, GRPOTrainer
from trl.chat_template_utils import add_response_schema, qwen3_chat_template, qwen3_training_chat_template

check = Checks("trl")
ENVIRONMENT = f"{URL}/envs/echo"
PROMPT = [{"role": "user", "content": "Say hi."}]
STEPS = 3
GROUP = 4


class Echo:
    """What a user of TRL writes: public methods are tools, `reset` begins an episode, `get_reward` ends it."""

    built = []

    def __init__(self):
        self._client = GenericEnvClient(base_url=ENVIRONMENT).sync()
        self._client.connect()
        self._reward = 0.0
        self._calls = 0
        self._resets = 0
        Echo.built.append(self)

    def reset(self, **row):
        # TRL passes every column of the data set.
        self._client.reset(seed=7, **{name: value for name, value in row.items() if name != "prompt"})
        self._reward = 0.0
        self._resets += 1
        return None

    def echo_message(self, message: str) -> str:
        """
        Says a message again.

        Args:
            message: what to say
        """
        result = self._client.step(
            {"type": "call_tool", "tool_name": "echo_message", "arguments": {"message": message}}
        )
        text = result.observation["result"]["data"]
        self._calls += 1
        self._reward += len(text) / 10
        return text

    def get_reward(self) -> float:
        return self._reward


def tokenizer():
    """Bytes as tokens, and the marks of the chat template."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: index for index, character in enumerate(alphabet)}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    marks = ["<|im_start|>", "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]
    made.add_tokens(marks, special_tokens=False)
    made.chat_template = qwen3_chat_template
    return add_response_schema(made)


def fitted(marks, tools):
    """A model that has learnt to call the tool once and to end then."""
    torch.manual_seed(7)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(marks),
            hidden_size=96,
            intermediate_size=192,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=24,
            max_position_embeddings=4096,
            pad_token_id=marks.pad_token_id,
            eos_token_id=marks.eos_token_id,
        )
    )
    call = {"type": "function", "function": {"name": "echo_message", "arguments": {"message": "hi"}}}
    conversation = PROMPT + [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "name": "echo_message", "content": "hi"},
        {"role": "assistant", "content": "ok"},
    ]
    # The trainer takes this variant of the template by itself.
    rendered = {"tools": tools, "chat_template": qwen3_training_chat_template, "return_dict": True}
    ids = marks.apply_chat_template(conversation, return_tensors="pt", **rendered)["input_ids"]
    asked = marks.apply_chat_template(PROMPT, add_generation_prompt=True, **rendered)
    labels = ids.clone()
    labels[:, : len(asked["input_ids"])] = -100
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(400):
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if loss.item() < 0.004:
            break
    print(f"# {ids.shape[1]} tokens, fitted to a loss of {loss.item():.3f}")
    return model


def train():
    marks = tokenizer()
    model = fitted(marks, [Echo.echo_message])
    config = GRPOConfig(
        output_dir=os.path.join(os.environ["INTEROP_WORK"], "trl-output"),
        per_device_train_batch_size=GROUP,
        num_generations=GROUP,
        max_steps=STEPS,
        max_completion_length=320,
        max_tool_calling_iterations=2,
        temperature=0.8,
        learning_rate=1e-4,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
    )
    trainer = GRPOTrainer(
        model=model,
        processing_class=marks,
        args=config,
        train_dataset=Dataset.from_list([{"prompt": PROMPT, "difficulty": n} for n in range(8)]),
        environment_factory=Echo,
    )
    trainer.train()
    return [entry for entry in trainer.state.log_history if "reward" in entry]


@check("GRPOTrainer takes steps against echo by environment_factory, and its rewards come from there", 600)
async def _():
    history = await asyncio.to_thread(train)
    equal(len(history), STEPS)
    for entry in history:
        print(f"# reward {entry['reward']:.3f}, tool calls a rollout {entry.get('tools/call_frequency')}", flush=True)
        assert entry["reward"] > 0 and entry["tools/call_frequency"] > 0, entry
        equal(entry["tools/failure_frequency"], 0)


@check("TRL builds an environment for each rollout of a batch, resets it for the next, and each holds one slot")
async def _():
    equal(len(Echo.built), GROUP)
    equal(sum(environment._resets for environment in Echo.built), STEPS * GROUP)
    equal(capacity("echo")["in_use"], GROUP)


sys.exit(asyncio.run(check.run()))
