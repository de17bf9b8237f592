package dev.stepgate.policy;

import java.text.Normalizer;

/** Unicode normalisation forms (Unicode Standard Annex 15), asked without work for text that is plain ASCII. Stateless. */
public final class UnicodeForm {
    private UnicodeForm() {}

    /** Whether two readers see the same code points: the text is in form C. */
    public static boolean isC(String text) {
        return isAscii(text) || Normalizer.isNormalized(text, Normalizer.Form.NFC);
    }

    /** Whether every character is one of ASCII, which all forms leave alone. */
    public static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }
}
