//! A server as people write it: `192.0.2.1`, `[2001:db8::1]:5353`, `tls://192.0.2.1#dns.example`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use super::{DNS_PORT, Server, Transport};

/// Why a text is no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoServer {
    /// Neither an address nor one with a port. Names are not looked up: that would ask the very resolvers that
    /// are being passed by.
    #[error("`{0}` is no IP address with an optional port, such as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53")]
    Address(String),
    /// There is no such way to ask DNS.
    #[error("`{0}` is no scheme for DNS; there are tls:// and https://")]
    Scheme(String),
}

/// RFC 7858 §3.1.
const DNS_OVER_TLS_PORT: u16 = 853;
const HTTPS_PORT: u16 = 443;
/// What most servers of RFC 8484 use.
const HTTPS_PATH: &str = "/dns-query";

impl FromStr for Server {
    type Err = NoServer;

    /// A recursive server. The name its certificate must carry stands after `#`, where it is not the address.
    fn from_str(text: &str) -> Result<Self, NoServer> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Server::recursive(socket_address(text, DNS_PORT)?));
        };
        let (place, name) = rest.split_once('#').map_or((rest, None), |(place, name)| (place, Some(name)));
        let (host, path) = place.find('/').map_or((place, HTTPS_PATH), |slash| place.split_at(slash));
        let name_for = |address: SocketAddr| name.map_or_else(|| address.ip().to_string(), str::to_owned);
        let (address, transport) = match scheme {
            "tls" => {
                let address = socket_address(place, DNS_OVER_TLS_PORT)?;
                (address, Transport::Tls { name: name_for(address) })
            }
            "https" => {
                let address = socket_address(host, HTTPS_PORT)?;
                (address, Transport::Https { name: name_for(address), path: path.to_owned() })
            }
            other => return Err(NoServer::Scheme(format!("{other}://"))),
        };
        Ok(Server { address, transport, recursive: true })
    }
}

impl fmt::Display for Server {
    /// As it is read; the usual port is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scoped = matches!(self.address, SocketAddr::V6(address) if address.scope_id() != 0);
        let place = |usual: u16| match (self.address.port() == usual && !scoped, self.address.ip()) {
            (true, IpAddr::V4(ip)) => ip.to_string(),
            (true, IpAddr::V6(ip)) if usual == DNS_PORT => ip.to_string(),
            (true, IpAddr::V6(ip)) => format!("[{ip}]"),
            (false, _) => self.address.to_string(),
        };
        match &self.transport {
            Transport::Udp | Transport::Tcp => f.write_str(&place(DNS_PORT)),
            Transport::Tls { name } => write!(f, "tls://{}#{name}", place(DNS_OVER_TLS_PORT)),
            Transport::Https { name, path } => write!(f, "https://{}{path}#{name}", place(HTTPS_PORT)),
        }
    }
}

fn socket_address(text: &str, port: u16) -> Result<SocketAddr, NoServer> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = text.parse::<SocketAddr>();
    with_port
        .or_else(|_| bare.parse::<IpAddr>().map(|address| (address, port).into()))
        .ok()
        .or_else(|| scoped(text, port))
        .ok_or_else(|| NoServer::Address(text.to_owned()))
}

/// `fe80::1%eth0` or `[fe80::1%eth0]:53`, RFC 4007 §11: a link-local address, and the interface by its name here.
pub(super) fn scoped(text: &str, port: u16) -> Option<SocketAddr> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, port),
        Some((host, rest)) => (host, rest.strip_prefix(':')?.parse().ok()?),
        None => (text, port),
    };
    let (address, _) = host.split_once('%')?;
    address.parse::<Ipv6Addr>().ok()?;
    // Of an address, the system asks nobody.
    (host, port).to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_people_write_them() {
        for (text, address, transport) in [
            ("192.0.2.1", "192.0.2.1:53", Transport::Udp),
            ("192.0.2.1:5353", "192.0.2.1:5353", Transport::Udp),
            ("2001:db8::1", "[2001:db8::1]:53", Transport::Udp),
            ("[2001:db8::1]", "[2001:db8::1]:53", Transport::Udp),
            ("[2001:db8::1]:5353", "[2001:db8::1]:5353", Transport::Udp),
            ("fe80::1%1", "[fe80::1%1]:53", Transport::Udp),
            ("[fe80::1%1]:5353", "[fe80::1%1]:5353", Transport::Udp),
            ("tls://192.0.2.1", "192.0.2.1:853", Transport::Tls { name: "192.0.2.1".to_owned() }),
            ("tls://192.0.2.1:8853#dns.example", "192.0.2.1:8853", Transport::Tls { name: "dns.example".to_owned() }),
            (
                "https://[2001:db8::1]/q#dns.example",
                "[2001:db8::1]:443",
                Transport::Https { name: "dns.example".to_owned(), path: "/q".to_owned() },
            ),
            (
                "https://192.0.2.1",
                "192.0.2.1:443",
                Transport::Https { name: "192.0.2.1".to_owned(), path: "/dns-query".to_owned() },
            ),
        ] {
            let server = Server { address: address.parse().unwrap(), transport, recursive: true };
            assert_eq!(text.parse(), Ok(server), "{text}");
        }
    }

    #[test]
    fn what_is_no_server_says_what_would_be() {
        for text in [
            "",
            "dns.example",
            "192.0.2.1:",
            "192.0.2.1:70000",
            "[192.0.2.1",
            "tls://dns.example",
            "dns.example%1",
            "fe80::1%no-such",
        ] {
            let error = text.parse::<Server>().unwrap_err();
            assert!(matches!(error, NoServer::Address(_)), "{text}: {error}");
        }
        assert_eq!("sdns://x".parse::<Server>(), Err(NoServer::Scheme("sdns://".to_owned())));
    }
}
