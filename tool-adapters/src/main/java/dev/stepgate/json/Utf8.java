package dev.stepgate.json;

import dev.stepgate.json.JsonProblem.Kind;

/**
 * Our own check of UTF-8 (RFC 3629), before anything that would repair it. It also refuses NUL bytes: with none of them the
 * parser can not take the document for UTF-16 or UTF-32.
 */
final class Utf8 {
    private Utf8() {}

    /** Checks the bytes and says whether a backslash occurs, that is, whether a string may hold an escape. */
    static boolean check(byte[] bytes, int offset, int length) {
        int end = offset + length;
        if (length >= 3
                && bytes[offset] == (byte) 0xEF
                && bytes[offset + 1] == (byte) 0xBB
                && bytes[offset + 2] == (byte) 0xBF) {
            throw new JsonProblem(Kind.ENCODING, "the document begins with a byte order mark");
        }
        boolean backslash = false;
        int i = offset;
        while (i < end) {
            byte b = bytes[i];
            if (b > 0) {
                backslash |= b == '\\';
                i++;
            } else if (b == 0) {
                throw new JsonProblem(Kind.ENCODING, "the document holds a NUL byte");
            } else {
                i += sequence(bytes, i, end);
            }
        }
        return backslash;
    }

    /** The length of the sequence of two to four bytes that begins at {@code i}. */
    private static int sequence(byte[] bytes, int i, int end) {
        int lead = bytes[i] & 0xFF;
        int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || end - i < length) {
            throw invalid();
        }
        int second = bytes[i + 1] & 0xFF;
        // The second byte decides over overlong forms, surrogates and code points beyond U+10FFFF.
        int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            throw invalid();
        }
        for (int k = 2; k < length; k++) {
            if ((bytes[i + k] & 0xC0) != 0x80) {
                throw invalid();
            }
        }
        return length;
    }

    private static JsonProblem invalid() {
        return new JsonProblem(Kind.ENCODING, "the document is not valid UTF-8");
    }
}
