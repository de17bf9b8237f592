package dev.stepgate.gateway.cli;

import java.util.List;

/** Looks at one part of the machine or of the settings. Runs no longer than some seconds, and throws nothing. */
@FunctionalInterface
interface HealthCheck {
    List<Finding> look();
}
