package dev.stepgate.adapter.openenv;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/**
 * Vert.x with socket files. Version 4 gives them to its native transports only, which are libraries of one system each; the
 * JDK and Netty have long had them without. To be deleted with Vert.x 5, which has this itself.
 */
final class DomainSockets extends JDKTransport {

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

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        return address.isDomainSocket() ? UnixDomainSocketAddress.of(address.path()) : super.convert(address);
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
        return address instanceof UnixDomainSocketAddress file
                ? SocketAddress.domainSocketAddress(file.getPath().toString())
                : super.convert(address);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return domainSocket ? NioDomainSocketChannel::new : super.channelFactory(false);
    }
}
