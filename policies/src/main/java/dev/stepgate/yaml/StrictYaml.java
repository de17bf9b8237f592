package dev.stepgate.yaml;

import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlNode.YamlScalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads one YAML document. Refused: duplicate keys, keys that are no plain strings, anchors, aliases, tags, merge keys, a
 * second document, more than 32 levels, more than 256 Ki characters. Values follow YAML's core schema, so that {@code no}
 * is a string. Stateless and thread-safe.
 */
public final class StrictYaml {
    private static final int MAX_CHARACTERS = 256 * 1024;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_NUMBER_CHARACTERS = 64;
    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?");

    private final String file;
    private final Parser events;

    private StrictYaml(String file, Parser events) {
        this.file = file;
        this.events = events;
    }

    /**
     * @param file the name to be used in places
     * @throws YamlRefused with the first problem of the text's form
     */
    public static YamlNode read(String file, String text) throws YamlRefused {
        if (text.length() > MAX_CHARACTERS) {
            throw refused(new Place(file, 1, 1), "the file is larger than 256 Ki characters", "split it");
        }
        LoadSettings settings =
                LoadSettings.builder().setLabel(file).setUseMarks(true).build();
        StrictYaml reader = new StrictYaml(file, new ParserImpl(settings, new StreamReader(settings, text)));
        try {
            return reader.document();
        } catch (MarkedYamlEngineException malformed) {
            throw refused(reader.place(malformed.getProblemMark()), "not YAML: " + oneLine(malformed.getProblem()), "");
        } catch (YamlEngineException malformed) {
            throw refused(new Place(file, 1, 1), "not YAML: " + oneLine(malformed.getMessage()), "");
        } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
            // The library lets these out for escapes that name no character.
            throw refused(new Place(file, 1, 1), "not YAML: malformed", "");
        }
    }

    private YamlNode document() throws YamlRefused {
        events.next();
        Event start = events.next();
        if (start.getEventId() == Event.ID.StreamEnd) {
            throw refused(place(start), "the file is empty", "");
        }
        YamlNode node = node(events.next(), 1);
        events.next();
        Event after = events.next();
        if (after.getEventId() != Event.ID.StreamEnd) {
            throw refused(place(after), "a second document begins here", "use one file for each");
        }
        return node;
    }

    private YamlNode node(Event event, int depth) throws YamlRefused {
        Place place = place(event);
        if (depth > MAX_DEPTH) {
            throw refused(place, "nested deeper than " + MAX_DEPTH + " levels", "");
        }
        if (event instanceof AliasEvent) {
            throw refused(place, "aliases are not taken", "write the value out");
        }
        if (event instanceof NodeEvent named && named.getAnchor().isPresent()) {
            throw refused(place, "anchors are not taken", "write the value out where it is used");
        }
        return switch (event.getEventId()) {
            case Scalar -> scalar((ScalarEvent) event, place);
            case MappingStart -> mapping((CollectionStartEvent) event, place, depth);
            case SequenceStart -> sequence((CollectionStartEvent) event, place, depth);
            default -> throw refused(place, "a value was expected here", "");
        };
    }

    private YamlMap mapping(CollectionStartEvent start, Place place, int depth) throws YamlRefused {
        refuseTag(start.getTag(), place);
        Map<String, YamlNode> entries = new LinkedHashMap<>();
        Map<String, Place> keyPlaces = new LinkedHashMap<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            Place keyPlace = place(event);
            if (!(node(event, depth + 1) instanceof YamlScalar key)) {
                throw refused(keyPlace, "a key must be a plain string", "");
            }
            if (key.text().equals("<<")) {
                throw refused(keyPlace, "merge keys are not taken", "write the entries out");
            }
            if (entries.containsKey(key.text())) {
                throw refused(
                        keyPlace,
                        "key `" + key.text() + "` stands here twice",
                        "it first stands at line "
                                + keyPlaces.getOrDefault(key.text(), place).line());
            }
            keyPlaces.put(key.text(), keyPlace);
            entries.put(key.text(), node(events.next(), depth + 1));
        }
        return new YamlMap(place, entries, keyPlaces);
    }

    private YamlList sequence(CollectionStartEvent start, Place place, int depth) throws YamlRefused {
        refuseTag(start.getTag(), place);
        List<YamlNode> items = new ArrayList<>();
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            items.add(node(event, depth + 1));
        }
        return new YamlList(place, items);
    }

    private YamlScalar scalar(ScalarEvent event, Place place) throws YamlRefused {
        refuseTag(event.getTag(), place);
        String text = event.getValue();
        boolean plain = event.getScalarStyle() == ScalarStyle.PLAIN;
        return new YamlScalar(place, text, plain ? value(text, place) : text);
    }

    private static @Nullable Object value(String text, Place place) throws YamlRefused {
        switch (text) {
            case "", "~", "null", "Null", "NULL" -> {
                return null;
            }
            case "true", "True", "TRUE" -> {
                return true;
            }
            case "false", "False", "FALSE" -> {
                return false;
            }
            default -> {
                return number(text, place);
            }
        }
    }

    private static Object number(String text, Place place) throws YamlRefused {
        boolean integer = INTEGER.matcher(text).matches();
        if (!integer && !DECIMAL.matcher(text).matches()) {
            return text;
        }
        if (text.length() > MAX_NUMBER_CHARACTERS) {
            throw refused(place, "a number has more than " + MAX_NUMBER_CHARACTERS + " characters", "");
        }
        if (!integer) {
            return new BigDecimal(text);
        }
        BigInteger value = new BigInteger(text);
        if (value.bitLength() < Long.SIZE) {
            return value.longValue();
        }
        return value;
    }

    private static void refuseTag(Optional<String> tag, Place place) throws YamlRefused {
        // An empty tag is what the reader itself puts on a quoted string.
        if (tag.isPresent() && !tag.get().isEmpty() && !tag.get().equals("!")) {
            throw refused(place, "tags are not taken", "write the plain value");
        }
    }

    private Place place(Event event) {
        return place(event.getStartMark());
    }

    private Place place(Optional<Mark> mark) {
        return mark.map(m -> new Place(file, m.getLine() + 1, m.getColumn() + 1))
                .orElse(new Place(file, 1, 1));
    }

    private static String oneLine(@Nullable String text) {
        return String.valueOf(text).lines().findFirst().orElse("malformed");
    }

    private static YamlRefused refused(Place place, String message, String help) {
        return new YamlRefused(List.of(new Problem(place, message, help)));
    }
}
