@NullMarked
package dev.stepgate.policy.url;

import org.jspecify.annotations.NullMarked;
