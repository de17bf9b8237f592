@NullMarked
package dev.stepgate.gateway.config;

import org.jspecify.annotations.NullMarked;
