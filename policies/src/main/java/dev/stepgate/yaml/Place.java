package dev.stepgate.yaml;

/**
 * Where something stands.
 *
 * @param file the file's name as the reader was given it
 * @param line from 1
 * @param column from 1
 */
public record Place(String file, int line, int column) {

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
