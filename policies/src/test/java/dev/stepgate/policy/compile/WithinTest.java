package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.ArgumentCheck.Verdict;
import dev.stepgate.policy.path.PathWithin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class WithinTest {

    /** Each line of within.txt: the verdict, the folder and the path, between tabs, with Java's Unicode escapes. */
    @Test
    void decidesEverySpellingAsTheFileSays() throws IOException {
        List<String> lines = lines();
        SoftAssertions softly = new SoftAssertions();
        for (String line : lines) {
            String[] parts = line.split("\t", -1);
            String path = unescaped(parts[2]);
            softly.assertThat(PathWithin.folder(parts[1]).check(path) == Verdict.HOLDS ? "allow" : "deny")
                    .as(line)
                    .isEqualTo(parts[0]);
        }

        softly.assertAll();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(200);
        assertThat(lines).filteredOn(line -> line.startsWith("allow")).hasSizeGreaterThan(50);
    }

    @Test
    void takesOnlyPlainAbsoluteFolders() {
        assertThat(List.of("/", "/w", "/w/", "/w//x", "/w/./x", "/é")).allMatch(PathWithin::isFolder);
        assertThat(List.of(
                        "",
                        "w",
                        "./w",
                        "~",
                        "/~",
                        "/..",
                        "/w/..",
                        "C:\\w",
                        "/C:/w",
                        "/w%2f",
                        "/w\\x",
                        "/w\n",
                        "/e\u0301"))
                .noneMatch(PathWithin::isFolder);
    }

    private static List<String> lines() throws IOException {
        try (InputStream file = Objects.requireNonNull(WithinTest.class.getResourceAsStream("/within.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        }
    }

    static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("\\u", i)) {
                plain.append((char) Integer.parseInt(text, i + 2, i + 6, 16));
                i += 5;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }
}
