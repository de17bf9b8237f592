package dev.stepgate.environment.egress;

/**
 * One wish to get out and what came of it, told when it is over. What a program asked for may hold anything it knows, so only
 * what has the form of a host and a port is told, and whoever writes it down takes secrets out of it first.
 *
 * @param asked {@code host:port}, or an empty text
 * @param sent bytes from the sandbox
 * @param received bytes to the sandbox
 */
public record EgressAttempt(String asked, EgressVerdict verdict, long sent, long received) {}
