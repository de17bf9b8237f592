package dev.stepgate.policy;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision may see.
 *
 * @param caller who calls
 * @param tool the tool as policies name it, {@code <upstream>.<tool>}
 * @param arguments plain JSON: String, Boolean, Integer, Long, BigInteger, Double, BigDecimal, null, List, Map; not to
 *     be changed
 */
public record AccessRequest(Caller caller, String tool, Map<String, @Nullable Object> arguments) {}
