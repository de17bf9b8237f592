@NullMarked
package dev.stepgate.gateway.http;

import org.jspecify.annotations.NullMarked;
