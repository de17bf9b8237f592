package dev.stepgate.environment;

import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.StrictYaml;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlRefused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes the pins of an upstream's tools into the text of a manifest, in the style in which the upstream stands there, and
 * leaves every other character as it is. Stateless.
 */
public final class ManifestPins {
    private final String text;
    private final YamlMap upstream;

    private ManifestPins(String text, YamlMap upstream) {
        this.text = text;
        this.upstream = upstream;
    }

    /**
     * The manifest with these pins and no others for one of its upstreams.
     *
     * @param file the name to be used in places
     * @param digests by the upstream's own names of its tools; at least one
     * @throws YamlRefused when the manifest is no YAML, or does not describe that upstream
     */
    public static String write(String file, String text, String upstream, Map<String, String> digests)
            throws YamlRefused {
        YamlNode node = StrictYaml.read(file, text);
        for (String key : List.of("stepgate", "upstreams", upstream)) {
            if (!(node instanceof YamlMap map) || map.entries().get(key) == null) {
                throw refused(node.place(), "there is no `" + key + "` here");
            }
            node = map.entries().get(key);
        }
        if (!(node instanceof YamlMap map) || map.entries().isEmpty()) {
            throw refused(node.place(), "upstream `" + upstream + "` is no mapping");
        }
        String written = new ManifestPins(text, map).with(digests);
        StrictYaml.read(file, written);
        return written;
    }

    private static YamlRefused refused(Place place, String message) {
        return new YamlRefused(List.of(new Problem(place, message, "write the pins by hand")));
    }

    private String with(Map<String, String> digests) {
        boolean flow = text.charAt(offset(upstream.place())) == '{';
        if (upstream.entries().get("pin") instanceof YamlMap old) {
            int start = offset(upstream.placeOf("pin"));
            return text.substring(0, start) + pin(digests, flow) + text.substring(end(old));
        }
        int start =
                offset(upstream.placeOf(upstream.entries().keySet().iterator().next()));
        String separator = flow ? ", " : "\n" + indentation();
        return text.substring(0, start) + pin(digests, flow) + separator + text.substring(start);
    }

    private String pin(Map<String, String> digests, boolean flow) {
        List<String> lines = new ArrayList<>();
        digests.forEach((tool, digest) -> lines.add(quoted(tool) + ": " + digest));
        String border = flow ? "" : "\n" + indentation() + "  ";
        return flow
                ? lines.stream().collect(Collectors.joining(", ", "pin: { ", " }"))
                : lines.stream().collect(Collectors.joining(border, "pin:" + border, ""));
    }

    private String indentation() {
        return " ".repeat(upstream.place().column() - 1);
    }

    private static String quoted(String tool) {
        return '"' + tool.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Where the pins that stand there end: at the brace, or with the line of the last one. */
    private int end(YamlMap pins) {
        int last = offset(pins.place());
        boolean flow = text.charAt(last) == '{';
        for (YamlNode value : pins.entries().values()) {
            last = offset(value.place());
        }
        int end = text.indexOf(flow ? '}' : '\n', last);
        return end < 0 ? text.length() : flow ? end + 1 : end;
    }

    private int offset(Place place) {
        int start = 0;
        for (int line = 1; line < place.line(); line++) {
            start = text.indexOf('\n', start) + 1;
        }
        return text.offsetByCodePoints(start, place.column() - 1);
    }
}
