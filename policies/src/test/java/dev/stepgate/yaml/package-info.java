/** Tests of strict YAML. */
@NullMarked
package dev.stepgate.yaml;

import org.jspecify.annotations.NullMarked;
