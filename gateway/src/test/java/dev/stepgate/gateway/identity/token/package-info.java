@NullMarked
package dev.stepgate.gateway.identity.token;

import org.jspecify.annotations.NullMarked;
