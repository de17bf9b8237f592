/** Tests of policies in the gateway: results, approvals, reloads. */
@NullMarked
package dev.stepgate.gateway.authorization;

import org.jspecify.annotations.NullMarked;
