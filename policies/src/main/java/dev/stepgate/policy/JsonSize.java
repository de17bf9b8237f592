package dev.stepgate.policy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many bytes plain JSON takes in UTF-8 without white space, counted without writing it. */
public final class JsonSize {
    private JsonSize() {}

    /** The bytes of a value; a number counts as its own text does. */
    public static long of(@Nullable Object value) {
        return switch (value) {
            case null -> 4;
            case String text -> text(text);
            case List<?> list -> {
                long size = 2 + Math.max(0, list.size() - 1L);
                for (Object item : list) {
                    size += of(item);
                }
                yield size;
            }
            case Map<?, ?> map -> {
                long size = 2 + Math.max(0, map.size() - 1L);
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    size += text(String.valueOf(entry.getKey())) + 1 + of(entry.getValue());
                }
                yield size;
            }
            default -> String.valueOf(value).length();
        };
    }

    private static long text(String text) {
        long size = 2;
        for (int i = 0; i < text.length(); i++) {
            size += of(text.charAt(i));
        }
        return size;
    }

    /** Each half of a surrogate pair is half of four bytes. */
    private static int of(char c) {
        if (c < ' ') {
            return "\b\t\n\f\r".indexOf(c) >= 0 ? 2 : 6;
        }
        if (c < 0x80) {
            return c == '"' || c == '\\' ? 2 : 1;
        }
        return c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
}
