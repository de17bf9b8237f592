package dev.stepgate.gateway.http;

import dev.stepgate.gateway.episode.Episode;

/**
 * The episode that a socket works on, and what becomes of it when the socket goes.
 *
 * @param leave run once when the socket is gone; may block
 */
record SocketSeat(Door door, Episode episode, Runnable leave) {}
