/**
 * The one strict reader of YAML, for manifests and policies: every value knows its place, and whatever two readers could
 * take differently is refused.
 *
 * <p>Entry type: {@link dev.stepgate.yaml.StrictYaml}. Invariant: nothing but {@link dev.stepgate.yaml.YamlRefused} is
 * thrown, whatever the text.
 */
@NullMarked
package dev.stepgate.yaml;

import org.jspecify.annotations.NullMarked;
