// What the conformance scenarios ask of a server, written from their descriptions. One factory serves every revision.
import { McpServer, ResourceTemplate, completable, createRequestStateCodec, fromJsonSchema, inputRequired, inputResponse, UrlElicitationRequiredError } from "@modelcontextprotocol/server";
import * as z from "zod";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
const codec = createRequestStateCodec({ key: "a key for a server that holds nothing worth keeping", ttlSeconds: 300 });
const capabilitiesOf = (ctx) => ctx.mcpReq.envelope?.["io.modelcontextprotocol/clientCapabilities"] ?? {};
const consent = "https://example.org/consent";
const text = (words) => ({ content: [{ type: "text", text: words }] });
const pause = (millis) => new Promise((done) => setTimeout(done, millis));
const ask = (message, properties, required = Object.keys(properties)) => inputRequired.elicit({ message, requestedSchema: { type: "object", properties, required } });

// Whose URL has been visited. Resources that somebody watches, and what tells them of a change. All instances of a process share them.
const visited = new Set();
export const watched = new Set();

export const toldBy = (server) => ({ tools: () => server.sendToolListChanged(), prompts: () => server.sendPromptListChanged(), resource: (uri) => server.server.sendResourceUpdated({ uri }) });

export function build({ era, changed = {} }) {
  const legacy = era === "legacy";
  const server = new McpServer({ name: "conformance-fixture", version: "1.0.0" }, {
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, completions: {}, logging: {} },
    requestState: { verify: (state, ctx) => codec.verify(state, ctx) },
  });

  // Content of every kind.
  server.registerTool("test_simple_text", { description: "One text" }, async () => text("This is a simple text response for testing."));
  server.registerTool("test_image_content", { description: "One image" }, async () => ({ content: [{ type: "image", data: png, mimeType: "image/png" }] }));
  server.registerTool("test_audio_content", { description: "One sound" }, async () => ({ content: [{ type: "audio", data: wav, mimeType: "audio/wav" }] }));
  const embedded = { type: "resource", resource: { uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content." } };
  server.registerTool("test_embedded_resource", { description: "One embedded resource" }, async () => ({ content: [embedded] }));
  server.registerTool("test_multiple_content_types", { description: "Text, image and resource" }, async () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", data: png, mimeType: "image/png" },
      { type: "resource", resource: { uri: "test://mixed-content-resource", mimeType: "application/json", text: JSON.stringify({ test: "data", value: 123 }) } },
    ],
  }));
  server.registerTool("test_error_handling", { description: "Fails" }, async () => ({ ...text("This tool intentionally returns an error for testing"), isError: true }));
  server.registerTool("test_structured", { description: "Text and the same as structure", inputSchema: z.object({ a: z.number(), b: z.number() }), outputSchema: z.object({ sum: z.number() }) },
    async ({ a, b }) => ({ ...text(JSON.stringify({ sum: a + b })), structuredContent: { sum: a + b } }));

  // What is said while a tool works.
  const log = (ctx, data) => ctx.mcpReq.log("info", data);
  server.registerTool("test_tool_with_logging", { description: "Three log messages" }, async (ctx) => {
    for (const words of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await log(ctx, words);
      await pause(50);
    }
    return text("Tool with logging executed successfully");
  });
  server.registerTool("test_logging_tool", { description: "Logs" }, async (ctx) => {
    await log(ctx, "logged");
    return text("logged");
  });
  server.registerTool("test_tool_with_progress", { description: "Three steps of progress" }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) await ctx.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` } });
      await pause(50);
    }
    return text("Tool with progress executed successfully");
  });
  server.registerTool("test_slow", { description: "Works until it is cancelled", inputSchema: z.object({ millis: z.number() }) }, async ({ millis }, ctx) => {
    await Promise.race([pause(millis), new Promise((_, fail) => ctx.mcpReq.signal.addEventListener("abort", () => fail(new Error("aborted"))))]);
    return text("slept");
  });
  server.registerTool("test_reconnection", { description: "Closes its stream and goes on" }, async (ctx) => {
    await pause(50);
    ctx.http?.closeSSE?.();
    await pause(300);
    return text("Reconnection test completed");
  });

  // What is asked while a tool works: by requests in the revisions with sessions, by results since.
  const asks = (name, inputSchema, question, answer, requests) => server.registerTool(name, { description: `Asks: ${name}`, ...(inputSchema ? { inputSchema } : {}) }, async (...given) => {
    const ctx = given.at(-1);
    const args = inputSchema ? given[0] : {};
    if (legacy) return answer(await question(args, ctx), ctx);
    const reply = inputResponse(ctx.mcpReq.inputResponses, "answer");
    return reply.kind === "missing" ? inputRequired({ inputRequests: { answer: requests(args) } }) : answer(reply.kind === "sampling" ? reply.result : reply, ctx);
  });
  const said = (reply) => text(`Elicitation completed: action=${reply.action}, content=${JSON.stringify(reply.content ?? {})}`);
  asks("test_sampling", z.object({ prompt: z.string() }),
    ({ prompt }, ctx) => ctx.mcpReq.requestSampling({ messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 }),
    (reply) => text(`LLM response: ${reply.content.text ?? ""}`),
    ({ prompt }) => inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 }));
  const person = { username: { type: "string", description: "User's response" }, email: { type: "string", description: "User's email address" } };
  asks("test_elicitation", z.object({ message: z.string() }),
    ({ message }, ctx) => ctx.mcpReq.elicitInput({ message, requestedSchema: { type: "object", properties: person, required: ["username", "email"] } }),
    (reply) => text(`User response: action=${reply.action}, content=${JSON.stringify(reply.content ?? {})}`),
    ({ message }) => ask(message, person));
  asks("test_elicitation_url", z.object({ message: z.string() }),
    ({ message }, ctx) => ctx.mcpReq.elicitInput({ mode: "url", message, url: consent, elicitationId: "consent-1" }),
    (reply) => text(`Visited: ${reply.action}`),
    ({ message }) => inputRequired.elicitUrl({ message, url: consent }));
  server.registerTool("test_visit_first", { description: "Has a URL visited before it works", inputSchema: z.object({ ticket: z.string() }) }, async ({ ticket }, ctx) => {
    if (legacy && !visited.delete(ticket)) {
      visited.add(ticket); // who comes again has been there
      throw new UrlElicitationRequiredError([{ mode: "url", message: "Please consent", url: consent, elicitationId: ticket }]);
    }
    if (!legacy && inputResponse(ctx.mcpReq.inputResponses, "answer").kind === "missing") return inputRequired({ inputRequests: { answer: inputRequired.elicitUrl({ message: "Please consent", url: consent }) } });
    return text("Visited");
  });
  asks("test_roots", undefined,
    (_, ctx) => ctx.mcpReq.send({ method: "roots/list" }),
    (reply) => text(`Roots: ${reply.roots.map((root) => root.uri).join(", ")}`),
    () => inputRequired.listRoots());
  const defaults = {
    name: { type: "string", default: "John Doe" }, age: { type: "integer", default: 30 }, score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" }, verified: { type: "boolean", default: true },
  };
  const titled = (titles) => Object.entries(titles).map(([value, title]) => ({ const: value, title }));
  const enums = {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: { type: "string", oneOf: titled({ value1: "First Option", value2: "Second Option", value3: "Third Option" }) },
    legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["Option One", "Option Two", "Option Three"] },
    untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
    titledMulti: { type: "array", items: { anyOf: titled({ value1: "First Choice", value2: "Second Choice", value3: "Third Choice" }) } },
  };
  for (const [name, properties] of [["test_elicitation_sep1034_defaults", defaults], ["test_elicitation_sep1330_enums", enums]]) {
    asks(name, undefined, (_, ctx) => ctx.mcpReq.elicitInput({ message: "Please check", requestedSchema: { type: "object", properties, required: [] } }), said, () => ask("Please check", properties, []));
  }

  if (!legacy) inputRequiredTools(server);

  // What changes, and who is told of it: those who listen to this session, or all who have subscribed.
  const tell = legacy ? toldBy(server) : changed;
  server.registerTool("test_trigger_tool_change", { description: "Says that the tools have changed" }, async () => { tell.tools?.(); return text("tools changed"); });
  server.registerTool("test_trigger_prompt_change", { description: "Says that the prompts have changed" }, async () => { tell.prompts?.(); return text("prompts changed"); });
  server.registerTool("test_trigger_resource_update", { description: "Says that the watched resource has changed" }, async () => {
    const uri = "test://watched-resource";
    if (!legacy || watched.has(uri)) tell.resource?.(uri);
    return text("resource updated");
  });

  // Schemas and headers.
  const schema2020 = {
    $schema: "https://json-schema.org/draft/2020-12/schema", type: "object",
    $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
    properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" }, contactMethod: { type: "string", enum: ["phone", "email"] }, phone: { type: "string" }, email: { type: "string" } },
    allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
    if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] }, then: { required: ["phone"] }, else: { required: ["email"] },
    additionalProperties: false,
  };
  server.registerTool("json_schema_2020_12_tool", { description: "Tool with JSON Schema 2020-12 features", inputSchema: fromJsonSchema(schema2020) }, async () => text("ok"));
  server.registerTool("test_custom_header", { description: "An argument that is repeated in a header", inputSchema: fromJsonSchema({ type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } }, required: ["region"] }) }, async ({ region }) => text(`region ${region}`));

  server.registerResource("static-text", "test://static-text", { description: "A static text resource", mimeType: "text/plain" }, async (uri) => ({ contents: [{ uri: uri.href, mimeType: "text/plain", text: "This is the content of the static text resource." }] }));
  server.registerResource("static-binary", "test://static-binary", { description: "A static binary resource", mimeType: "image/png" }, async (uri) => ({ contents: [{ uri: uri.href, mimeType: "image/png", blob: png }] }));
  server.registerResource("watched-resource", "test://watched-resource", { description: "A resource that is watched", mimeType: "text/plain" }, async (uri) => ({ contents: [{ uri: uri.href, mimeType: "text/plain", text: "watched" }] }));
  server.registerResource("template", new ResourceTemplate("test://template/{id}/data", { list: undefined }), { description: "A resource with a parameter", mimeType: "application/json" },
    async (uri, { id }) => ({ contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] }));
  if (legacy) {
    server.server.setRequestHandler("resources/subscribe", async ({ params }) => { watched.add(params.uri); return {}; });
    server.server.setRequestHandler("resources/unsubscribe", async ({ params }) => { watched.delete(params.uri); return {}; });
  }

  const user = (content) => ({ role: "user", content });
  server.registerPrompt("test_simple_prompt", { description: "A simple prompt" }, async () => ({ messages: [user({ type: "text", text: "This is a simple prompt for testing." })] }));
  server.registerPrompt("test_prompt_with_arguments", { description: "A prompt with arguments", argsSchema: z.object({ arg1: completable(z.string(), (value) => ["paris", "park", "party"].filter((word) => word.startsWith(value))), arg2: z.string() }) },
    async ({ arg1, arg2 }) => ({ messages: [user({ type: "text", text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })] }));
  server.registerPrompt("test_prompt_with_embedded_resource", { description: "A prompt with a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri }) => ({ messages: [user({ type: "resource", resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." } }), user({ type: "text", text: "Please process the embedded resource above." })] }));
  server.registerPrompt("test_prompt_with_image", { description: "A prompt with an image" }, async () => ({ messages: [user({ type: "image", data: png, mimeType: "image/png" }), user({ type: "text", text: "Please analyze the image above." })] }));
  return server;
}

// The scenarios of multi-round requests, which only the revision without sessions has.
function inputRequiredTools(server) {
  const tool = (name, body) => server.registerTool(name, { description: `Needs input: ${name}` }, body);
  const name = { name: { type: "string" } };
  const accepted = (ctx, key) => { const reply = inputResponse(ctx.mcpReq.inputResponses, key); return reply.kind === "elicit" && reply.action === "accept" ? reply.content : undefined; };
  const once = (toolName, key, request, done) => tool(toolName, async (ctx) => {
    const reply = inputResponse(ctx.mcpReq.inputResponses, key);
    return reply.kind === "missing" ? inputRequired({ inputRequests: { [key]: request } }) : done(reply);
  });
  const capital = inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: "What is the capital of France?" } }], maxTokens: 100 });
  once("test_input_required_result_elicitation", "user_name", ask("What is your name?", name), (reply) => text(`Hello, ${reply.content?.name}!`));
  once("test_input_required_result_sampling", "capital_question", capital, (reply) => text(`The answer: ${reply.result?.content?.text}`));
  once("test_input_required_result_list_roots", "client_roots", inputRequired.listRoots(), (reply) => text(`Roots: ${(reply.roots ?? []).map((root) => root.uri).join(", ")}`));
  once("test_streaming_elicitation", "confirm", ask("Please confirm", { ok: { type: "boolean" } }), () => text("confirmed"));
  for (const [toolName, words] of [["test_input_required_result_request_state", "state-ok"], ["test_input_required_result_tampered_state", "untampered"]]) {
    tool(toolName, async (ctx) => {
      const state = ctx.mcpReq.requestState();
      if (!state || accepted(ctx, "confirm") === undefined) {
        return inputRequired({ inputRequests: { confirm: ask("Please confirm", { ok: { type: "boolean" } }) }, requestState: await codec.mint({ tool: toolName }, ctx) });
      }
      return text(words);
    });
  }
  tool("test_input_required_result_multiple_inputs", async (ctx) => {
    const replies = ["user_name", "greeting", "client_roots"].map((key) => inputResponse(ctx.mcpReq.inputResponses, key));
    if (replies.some((reply) => reply.kind === "missing")) {
      return inputRequired({
        inputRequests: { user_name: ask("What is your name?", name), greeting: inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: "Generate a greeting" } }], maxTokens: 50 }), client_roots: inputRequired.listRoots() },
        requestState: await codec.mint({ step: 1 }, ctx),
      });
    }
    return text(`All three: ${replies[0].content?.name}`);
  });
  tool("test_input_required_result_multi_round", async (ctx) => {
    const step = ctx.mcpReq.requestState()?.step ?? 0;
    if (step === 1 && accepted(ctx, "step1")) {
      return inputRequired({ inputRequests: { step2: ask("Step 2: What is your favorite color?", { color: { type: "string" } }) }, requestState: await codec.mint({ step: 2 }, ctx) });
    }
    if (step === 2 && accepted(ctx, "step2")) return text("Both steps are done");
    return inputRequired({ inputRequests: { step1: ask("Step 1: What is your name?", name) }, requestState: await codec.mint({ step: 1 }, ctx) });
  });
  tool("test_input_required_result_capabilities", async (ctx) => {
    const can = capabilitiesOf(ctx);
    const replies = ctx.mcpReq.inputResponses ?? {};
    const wanted = { ...(can.sampling ? { capital_question: capital } : {}), ...(can.elicitation ? { user_name: ask("What is your name?", name) } : {}) };
    const open = Object.fromEntries(Object.entries(wanted).filter(([key]) => !(key in replies)));
    return Object.keys(open).length ? inputRequired({ inputRequests: open }) : text("done");
  });
  tool("test_missing_capability", async (ctx) => {
    // The library refuses a question that the client has not said it can answer.
    if (!capabilitiesOf(ctx).sampling) return inputRequired({ inputRequests: { capital_question: capital } });
    return text("the capability is there");
  });
  server.registerPrompt("test_input_required_result_prompt", { description: "A prompt that needs input" }, async (ctx) => {
    const content = accepted(ctx, "user_context");
    if (!content) return inputRequired({ inputRequests: { user_context: ask("What context should the prompt use?", { context: { type: "string" } }) } });
    return { messages: [{ role: "user", content: { type: "text", text: `Context: ${content.context}` } }] };
  });
}
