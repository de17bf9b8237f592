package dev.stepgate.policy.compile;

import java.util.ArrayList;
import java.util.List;

/**
 * Where in the arguments a constraint looks: names joined by dots, {@code []} for every item of a list.
 *
 * @param segments names and {@link #ITEMS}; a name is the same object as in arguments that were read from JSON, which makes it
 *     quick to find
 */
record FieldPath(List<String> segments) {
    static final String ITEMS = "[]";

    FieldPath {
        segments = segments.stream().map(String::intern).toList();
    }

    static FieldPath of(String text) {
        List<String> segments = new ArrayList<>();
        for (String part : text.split("\\.", -1)) {
            String name = part;
            int lists = 0;
            while (name.endsWith(ITEMS)) {
                name = name.substring(0, name.length() - ITEMS.length());
                lists++;
            }
            segments.add(name);
            for (int i = 0; i < lists; i++) {
                segments.add(ITEMS);
            }
        }
        return new FieldPath(segments);
    }

    /** Whether it is the name of an argument and nothing else. */
    boolean isName() {
        return segments.size() == 1 && !segments.getFirst().equals(ITEMS);
    }

    /** As it is written in a policy. */
    String text() {
        return String.join(".", segments).replace(".[]", ITEMS);
    }
}
