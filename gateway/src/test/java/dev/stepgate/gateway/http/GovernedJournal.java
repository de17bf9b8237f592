package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the journal of a gateway under test. */
final class GovernedJournal {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GovernedJournal() {}

    /** Of every record of an environment that was decided: the policy, a space, and the deciding rules. */
    static List<String> policiesAndRules(Path data, String environment) throws IOException {
        List<String> decided = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = all.filter(file -> file.toString().endsWith(".jsonl"))
                    .filter(file -> file.toString().contains("/" + environment + "/"))
                    .toList();
        }
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                JsonNode record = JSON.readTree(line);
                if (record.has("policy")) {
                    List<String> rules = new ArrayList<>();
                    record.path("rules").forEach(rule -> rules.add(rule.asText()));
                    decided.add(record.path("policy").asText() + " " + String.join(",", rules));
                }
            }
        }
        return decided;
    }
}
