package dev.stepgate.gateway.identity;

import java.util.EnumSet;
import java.util.Set;

/** What a request may want to do. Which roles may do it is said here and nowhere else. */
public enum Right {
    /** Look at the catalogue and at an environment's documents. */
    SEE,
    /** List the tools of an environment. */
    LIST_TOOLS,
    /** Call a tool, or open a session or socket in order to. */
    CALL_TOOLS,
    /** Create, reset, step and close episodes of its own, and see their state and reward. */
    DRIVE,
    /** Read the trajectory of an episode. */
    READ_TRAJECTORY,
    /** Read what the gateway tells of itself. */
    OPERATE;

    /** All rights of a role. */
    public static Set<Right> of(Role role) {
        return switch (role) {
            case AGENT -> EnumSet.of(SEE, LIST_TOOLS, CALL_TOOLS);
            case TRAINER -> EnumSet.of(SEE, LIST_TOOLS, CALL_TOOLS, DRIVE, READ_TRAJECTORY);
            case OBSERVER -> EnumSet.of(SEE, LIST_TOOLS, READ_TRAJECTORY);
            case OPERATOR -> EnumSet.of(SEE, OPERATE);
        };
    }
}
