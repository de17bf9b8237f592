package dev.stepgate.environment;

import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The environments of some folders. Immutable once loaded.
 *
 * @param manifests those that can be served, by name
 * @param problems why the others can not
 */
public record EnvironmentCatalog(List<EnvironmentManifest> manifests, List<Problem> problems) {
    private static final String FILE = "openenv.yaml";
    private static final int MAX_ENVIRONMENTS = 10_000;

    public EnvironmentCatalog {
        manifests = List.copyOf(manifests);
        problems = List.copyOf(problems);
    }

    /** Reads {@code <folder>/<any>/openenv.yaml} of each folder. Two environments of one name are both refused. */
    public static EnvironmentCatalog load(List<Path> folders) {
        Map<String, EnvironmentManifest> byName = new LinkedHashMap<>();
        List<Problem> problems = new ArrayList<>();
        List<String> twice = new ArrayList<>();
        for (Path folder : folders) {
            for (Path file : files(folder, problems)) {
                try {
                    Path home = file.toAbsolutePath().normalize().getParent();
                    EnvironmentManifest manifest =
                            ManifestReader.read(file.toString(), Files.readString(file), home == null ? folder : home);
                    EnvironmentManifest other = byName.putIfAbsent(manifest.name(), manifest);
                    if (other != null) {
                        twice.add(manifest.name());
                        problems.add(new Problem(
                                manifest.place(),
                                "environment `" + manifest.name() + "` also stands in "
                                        + other.place().file() + ", so neither is served",
                                "rename one"));
                    }
                } catch (YamlRefused refused) {
                    problems.addAll(refused.problems());
                } catch (IOException unreadable) {
                    problems.add(new Problem(new Place(file.toString(), 1, 1), "the file cannot be read as UTF-8", ""));
                }
            }
        }
        twice.forEach(byName::remove);
        return new EnvironmentCatalog(List.copyOf(byName.values()), problems);
    }

    private static List<Path> files(Path folder, List<Problem> problems) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.resolve(FILE))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .limit(MAX_ENVIRONMENTS)
                    .toList();
        } catch (IOException unreadable) {
            problems.add(new Problem(new Place(folder.toString(), 1, 1), "the folder cannot be read", ""));
            return List.of();
        }
    }
}
