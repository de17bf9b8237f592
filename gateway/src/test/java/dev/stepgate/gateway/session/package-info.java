@NullMarked
package dev.stepgate.gateway.session;

import org.jspecify.annotations.NullMarked;
