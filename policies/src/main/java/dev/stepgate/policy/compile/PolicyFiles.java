package dev.stepgate.policy.compile;

import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The policy files of some folders. Immutable once loaded.
 *
 * @param policies those that could be read
 * @param problems why the others could not
 */
public record PolicyFiles(List<Policy> policies, List<Problem> problems) {
    private static final int MAX_FILES = 10_000;

    public PolicyFiles {
        policies = List.copyOf(policies);
        problems = List.copyOf(problems);
    }

    /** Reads every {@code *.yaml} of the folders themselves, but for {@code *.test.yaml}. A missing folder has none. */
    public static PolicyFiles load(List<Path> folders) {
        List<Policy> policies = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (Path folder : folders) {
            for (Path file : files(folder, problems)) {
                try {
                    policies.add(PolicyReader.read(file.toString(), Files.readString(file)));
                } catch (YamlRefused refused) {
                    problems.addAll(refused.problems());
                } catch (IOException unreadable) {
                    problems.add(new Problem(new Place(file.toString(), 1, 1), "the file cannot be read as UTF-8", ""));
                }
            }
        }
        return new PolicyFiles(policies, problems);
    }

    /** A text that differs whenever a policy file is added, removed or written to; for noticing changes cheaply. */
    public static String state(List<Path> folders) {
        StringBuilder state = new StringBuilder();
        for (Path folder : folders) {
            for (Path file : files(folder, new ArrayList<>())) {
                try {
                    state.append(file)
                            .append(' ')
                            .append(Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS));
                    state.append(' ').append(Files.size(file)).append('\n');
                } catch (IOException gone) {
                    state.append(file).append(" unreadable\n");
                }
            }
        }
        return state.toString();
    }

    /**
     * The policy of an environment, or empty where no file names it: then nothing is allowed there.
     *
     * @throws YamlRefused when two files name it
     */
    public Optional<Policy> governing(String environment) throws YamlRefused {
        List<Policy> governing = policies.stream()
                .filter(policy -> matches(policy.environments(), environment))
                .toList();
        if (governing.size() > 1) {
            Policy second = governing.get(1);
            throw new YamlRefused(List.of(new Problem(
                    second.place(),
                    "environment `" + environment + "` is governed by this file and by "
                            + governing.getFirst().place().file(),
                    "narrow one of the two `env` globs")));
        }
        return governing.stream().findFirst();
    }

    /** Whether a glob, in which only {@code *} is special, matches a whole name. */
    static boolean matches(String glob, String name) {
        int at = 0;
        int read = 0;
        int star = -1;
        int afterStar = 0;
        while (at < name.length()) {
            if (read < glob.length() && glob.charAt(read) == '*') {
                star = read++;
                afterStar = at;
            } else if (read < glob.length() && glob.charAt(read) == name.charAt(at)) {
                read++;
                at++;
            } else if (star >= 0) {
                read = star + 1;
                at = ++afterStar;
            } else {
                return false;
            }
        }
        return glob.substring(read).chars().allMatch(c -> c == '*');
    }

    private static List<Path> files(Path folder, List<Problem> problems) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> !file.toString().endsWith(".test.yaml"))
                    .sorted()
                    .limit(MAX_FILES)
                    .toList();
        } catch (IOException unreadable) {
            problems.add(new Problem(new Place(folder.toString(), 1, 1), "the folder cannot be read", ""));
            return List.of();
        }
    }
}
