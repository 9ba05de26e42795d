//! Names to addresses. What the guard has checked is what the connection uses: there is no second look-up in between.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;

/// A name with more addresses than this is cut.
const MAX_ADDRESSES: usize = 32;

/// Finds the addresses of a host name.
pub trait HostLookup: Send + Sync {
    /// All addresses of `host`, in the order they should be tried.
    fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl HostLookup for SystemLookup {
    fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// An address a model may not reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) struct Refused {
    /// The host as it stood in the URL.
    pub(super) host: String,
    /// The address it stands for.
    pub(super) address: IpAddr,
    /// What that address is.
    pub(super) reason: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, reason } = self;
        write!(to, "{host} is not fetched: its address {address} is {reason}")
    }
}

/// Refuses the name when any of its addresses is refused: a mixed answer is an attempt, not an accident.
pub(super) fn check(host: &str, addresses: &[IpAddr]) -> Result<(), Refused> {
    for address in addresses {
        if let Some(reason) = address::refusal(*address) {
            return Err(Refused { host: host.to_owned(), address: *address, reason });
        }
    }
    Ok(())
}

/// The resolver given to the HTTP client of one request.
pub(super) struct GuardedResolver {
    /// Where addresses come from.
    pub(super) lookup: Arc<dyn HostLookup>,
    /// Whether the owner has listed this very host as reachable wherever it is.
    pub(super) allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let found = self.lookup.lookup(&host);
        let allow_private = self.allow_private;
        Box::pin(async move {
            let mut addresses = found.await?;
            if !allow_private {
                check(&host, &addresses)?;
            }
            if addresses.is_empty() {
                return Err(format!("{host} has no address").into());
            }
            addresses.truncate(MAX_ADDRESSES);
            // Port 0: the client puts the one of the URL.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Scripted(Mutex<Vec<Vec<&'static str>>>);

    impl HostLookup for Scripted {
        fn lookup(&self, _host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let answer = self.0.lock().unwrap().remove(0);
            Box::pin(async move { Ok(answer.iter().map(|text| text.parse().unwrap()).collect()) })
        }
    }

    fn resolver(answers: Vec<Vec<&'static str>>, allow_private: bool) -> GuardedResolver {
        GuardedResolver { lookup: Arc::new(Scripted(Mutex::new(answers))), allow_private }
    }

    async fn resolve(resolver: &GuardedResolver) -> Result<Vec<String>, String> {
        let found = resolver.resolve("site.test".parse().unwrap()).await;
        found
            .map(|addresses| addresses.map(|address| address.ip().to_string()).collect())
            .map_err(|problem| problem.to_string())
    }

    #[tokio::test]
    async fn gives_exactly_the_checked_addresses() {
        let resolver = resolver(vec![vec!["93.184.216.34", "2606:4700::1111"]], false);
        assert_eq!(resolve(&resolver).await.unwrap(), ["93.184.216.34", "2606:4700::1111"]);
    }

    #[tokio::test]
    async fn one_refused_address_refuses_the_name() {
        let resolver = resolver(vec![vec!["93.184.216.34", "192.168.1.1"]], false);
        let problem = resolve(&resolver).await.unwrap_err();
        assert_eq!(problem, "site.test is not fetched: its address 192.168.1.1 is a private network");
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_is_refused_then() {
        let resolver = resolver(vec![vec!["93.184.216.34"], vec!["127.0.0.1"]], false);
        assert!(resolve(&resolver).await.is_ok());
        assert!(resolve(&resolver).await.is_err());
    }

    #[tokio::test]
    async fn a_listed_host_may_be_private_and_needs_an_address_all_the_same() {
        let resolver = resolver(vec![vec!["192.168.1.1"], vec![]], true);
        assert_eq!(resolve(&resolver).await.unwrap(), ["192.168.1.1"]);
        assert_eq!(resolve(&resolver).await.unwrap_err(), "site.test has no address");
    }
}
