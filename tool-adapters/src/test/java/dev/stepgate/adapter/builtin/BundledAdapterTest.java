package dev.stepgate.adapter.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.adapter.FakeEnvironment;
import dev.stepgate.adapter.FakeTools;
import dev.stepgate.adapter.ToolAdapterContract;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import org.junit.jupiter.api.Test;

class BundledAdapterTest extends ToolAdapterContract {

    @Override
    protected ToolAdapter connect() {
        return new BundledAdapter(new FakeEnvironment(FakeTools::call));
    }

    @Test
    void hidesWhatWentWrongInside() {
        try (ToolAdapter broken = new BundledAdapter(new FakeEnvironment((tool, arguments) -> {
            throw new IllegalStateException("a secret");
        }))) {
            assertThatThrownBy(() -> broken.call(echo("x"), NONE, soon()))
                    .isInstanceOfSatisfying(Refusal.class, refusal -> {
                        assertThat(refusal.outcome()).isEqualTo(OutcomeClass.ENV_ERROR);
                        assertThat(refusal.reason()).isEqualTo("the environment failed");
                    });
        }
    }

    @Test
    void refusesAToolItDoesNotHave() {
        try (ToolAdapter adapter = connect()) {
            assertThatThrownBy(() -> adapter.call(callOf("other"), NONE, soon()))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            refusal -> assertThat(refusal.isUnknownTool()).isTrue());
        }
    }
}
