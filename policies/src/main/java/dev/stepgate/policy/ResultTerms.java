package dev.stepgate.policy;

import java.util.List;
import java.util.Set;

/**
 * What the answer of a tool may be.
 *
 * @param maxBytes bytes of the result as JSON
 * @param types the MCP content types that may be in it, for example {@code text}; empty for all
 * @param pointers JSON pointers into the structured result whose values are withheld; {@code *} is every key or item
 * @param detectors kinds of text that are withheld wherever they stand
 * @param enforceSchema whether the structured result must match the tool's output schema
 */
public record ResultTerms(
        long maxBytes, Set<String> types, List<String> pointers, Set<Detector> detectors, boolean enforceSchema) {
    public static final ResultTerms NONE = new ResultTerms(Long.MAX_VALUE, Set.of(), List.of(), Set.of(), false);

    public ResultTerms {
        types = Set.copyOf(types);
        pointers = List.copyOf(pointers);
        detectors = Set.copyOf(detectors);
    }

    /** Whether anything is withheld. */
    public boolean redacts() {
        return !pointers.isEmpty() || !detectors.isEmpty();
    }

    /** Text that can be recognised by its form. */
    public enum Detector {
        IBAN,
        EMAIL,
        CARD,
        IPV4,
        JWT
    }
}
