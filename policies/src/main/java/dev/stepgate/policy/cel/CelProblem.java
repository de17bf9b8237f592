package dev.stepgate.policy.cel;

/**
 * Why an expression is refused.
 *
 * @param line of the expression, from 1
 * @param column in that line, in code points, from 0
 * @param message one sentence in lower case
 * @param help the way out; may be empty
 */
public record CelProblem(int line, int column, String message, String help) {}
