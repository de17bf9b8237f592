/**
 * What an environment offers: its manifest, whether it can run here, and its tools under the names that agents see.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.catalog.ServedEnvironment}. Invariant: a catalogue is immutable, its order is
 * fixed when it is made, and no tool in it has a lifecycle name.
 */
@NullMarked
package dev.stepgate.gateway.catalog;

import org.jspecify.annotations.NullMarked;
