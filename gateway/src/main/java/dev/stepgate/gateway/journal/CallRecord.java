package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What is known of a call when it arrives.
 *
 * @param episodeId the id by which the trainer knows this run's episode
 * @param run the run's number, from 0
 * @param face the door it came in by
 * @param principal who called, as the journal names principals
 * @param tool the name that was asked for
 * @param arguments the arguments as sent
 */
public record CallRecord(String episodeId, int run, Face face, String principal, String tool, ObjectNode arguments) {}
