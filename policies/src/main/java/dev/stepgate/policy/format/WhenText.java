package dev.stepgate.policy.format;

import dev.stepgate.yaml.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * The text of a {@code when}, and where in the file each of its characters stands, so that a mistake in the middle of an
 * expression is reported at its own place and not at the beginning of the value.
 *
 * @param place where the value begins
 * @param places one for each character of the text
 */
public record WhenText(Place place, String text, List<Place> places) {
    public WhenText {
        places = List.copyOf(places);
    }

    /** A text of which only the beginning is known. */
    public static WhenText at(Place place, String text) {
        return new WhenText(place, text, List.of());
    }

    /**
     * Finds a value's characters in the file. What YAML folds, escapes or indents is passed over: the next character that
     * fits is taken.
     *
     * @param lines the lines of the file
     */
    static WhenText in(List<String> lines, Place place, String text) {
        int line = place.line() - 1;
        int column = place.column() - 1;
        char first = line < lines.size() && column < lines.get(line).length()
                ? lines.get(line).charAt(column)
                : ' ';
        if (first == '|' || first == '>') {
            line++;
            column = 0;
        } else if (first == '"' || first == '\'') {
            column++;
        }
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            boolean folded = Character.isWhitespace(text.charAt(i));
            while (line < lines.size() && !fits(lines.get(line), column, text.charAt(i), folded)) {
                boolean ends = column >= lines.get(line).length();
                line += ends ? 1 : 0;
                column = ends ? 0 : column + 1;
            }
            if (line >= lines.size()) {
                return new WhenText(place, text, places);
            }
            places.add(new Place(place.file(), line + 1, column + 1));
            boolean ends = column >= lines.get(line).length();
            line += ends ? 1 : 0;
            column = ends ? 0 : column + 1;
        }
        return new WhenText(place, text, places);
    }

    private static boolean fits(String line, int column, char wanted, boolean folded) {
        return column < line.length() ? line.charAt(column) == wanted : folded;
    }

    /**
     * Where a character stands in the file.
     *
     * @param line of the text, from 1
     * @param column in that line, in code points, from 0
     */
    public Place placeOf(int line, int column) {
        int at = 0;
        for (int i = 1; i < line && at >= 0; i++) {
            at = text.indexOf('\n', at) + 1;
        }
        int left = text.codePointCount(at, text.length());
        int index = text.offsetByCodePoints(at, Math.max(0, Math.min(column, left)));
        return places.isEmpty() ? place : places.get(Math.min(index, places.size() - 1));
    }
}
