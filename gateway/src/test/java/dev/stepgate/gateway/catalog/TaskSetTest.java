package dev.stepgate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskSetTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void keepsSplitsAndTasksInFileOrder() throws Exception {
        TaskSet tasks = TaskSet.read(file("""
                {"id":"c","split":"test","goal":{"n":1.10}}
                {"id":"a"}

                {"id":"b","split":"train"}
                """));
        assertThat(tasks.bySplit().keySet()).containsExactly("test", "train");
        assertThat(tasks.of("train").orElseThrow())
                .extracting(task -> task.path("id").textValue())
                .containsExactly("a", "b");
        assertThat(tasks.of("test")
                        .orElseThrow()
                        .getFirst()
                        .path("goal")
                        .path("n")
                        .decimalValue())
                .isEqualTo("1.10");
        assertThat(tasks.find("b")).contains(new TaskSet.Position("train", 1));
        assertThat(tasks.find("d")).isEmpty();
        assertThat(tasks.of("validation")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"id\":\"a\"}~{\"id\":\"a\"}|:2:1: line 1 has the same `id`",
                "{\"id\":\"a\",\"id\":\"b\"}|:1:1: the key `id` occurs twice in one object",
                "{\"id\":\"\"}|:1:1: a task is an object with a text `id`",
                "{\"id\":\"a\",\"split\":1}|:1:1: a task is an object with a text `id`",
                "[]|:1:1: a task is an object with a text `id`",
                "{|:1:1: ",
            })
    void saysWhichLineDoesNotFit(String lines, String problem) throws IOException {
        Path file = file(lines.replace('~', '\n'));
        assertThatExceptionOfType(YamlRefused.class)
                .isThrownBy(() -> TaskSet.read(file))
                .withMessageContaining(file + problem);
    }

    @Test
    void saysThatAFileIsNotThere() {
        assertThatExceptionOfType(YamlRefused.class)
                .isThrownBy(() -> TaskSet.read(folder.resolve("none.jsonl")))
                .withMessageContaining("the file cannot be read as UTF-8");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("tasks.jsonl"), text);
    }
}
