package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Deadline;
import org.jspecify.annotations.Nullable;

/** What is spoken on a socket. */
interface SocketDialect {

    /** Answers one text frame by its deadline. Blocks; never throws for what the frame says. */
    Reply answer(String frame, SocketSeat seat, Deadline deadline);

    /** A refusal of the whole socket, after which it is closed. */
    ObjectNode refusal(String code, String message, ObjectNode details);

    /**
     * What follows a frame.
     *
     * @param frame the one frame to send, or null for none
     */
    record Reply(@Nullable ObjectNode frame, boolean close) {
        static Reply goOn(ObjectNode frame) {
            return new Reply(frame, false);
        }

        static Reply thenClose(ObjectNode frame) {
            return new Reply(frame, true);
        }

        static Reply closeOnly() {
            return new Reply(null, true);
        }
    }
}
