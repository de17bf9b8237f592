/**
 * Settings, and the one place where the gateway is put together.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.config.Assembly}. Invariant: the core is built with {@code new}, so that it
 * reads the same without a container.
 */
@NullMarked
package dev.stepgate.gateway.config;

import org.jspecify.annotations.NullMarked;
