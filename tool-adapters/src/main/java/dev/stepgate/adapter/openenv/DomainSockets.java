package dev.stepgate.adapter.openenv;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Vert.x with socket files. Version 4 gives them to its native transports only, which are libraries of one system each; the
 * JDK and Netty have long had them without. To be deleted with Vert.x 5, which has this itself.
 */
class DomainSockets extends JDKTransport {

    /** An instance of its own, with one event loop, for that transport. The caller closes it. */
    static Vertx vertx() {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false));
        return new VertxBuilder(options)
                .findTransport(new DomainSockets())
                .init()
                .vertx();
    }

    @Override
    public boolean supportsDomainSockets() {
        return true;
    }

    /** The host under which a socket file is asked for where only a host can be named, as by the WebSocket client. */
    static String host(Path file) {
        return HexFormat.of().formatHex(file.toString().getBytes(UTF_8));
    }

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        String path = address.isDomainSocket()
                ? address.path()
                : new String(HexFormat.of().parseHex(address.host()), UTF_8);
        return UnixDomainSocketAddress.of(path);
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
        return address instanceof UnixDomainSocketAddress file
                ? SocketAddress.domainSocketAddress(file.getPath().toString())
                : super.convert(address);
    }

    /** Nothing but socket files is reached by this transport. */
    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return NioDomainSocketChannel::new;
    }

    /** Without the options of TCP, which such a channel does not have. */
    @Override
    public void configure(ClientOptionsBase options, boolean domainSocket, Bootstrap bootstrap) {
        super.configure(options, true, bootstrap);
    }
}
