//! `location.get`: where this computer is, as its system knows it.

use serde_json::json;

use super::{Host, Invoke};
use crate::media::{Helper, Way};
use crate::refusal::{Outcome, Refusal};

pub(super) async fn get(host: &Host, call: &Invoke) -> Outcome {
    let Some(Way::CoreLocation) = host.surface.location else {
        return Err(Refusal::unsupported("this computer has no program that says where it is (CoreLocationCLI)"));
    };
    let format = "%latitude %longitude %h_accuracy";
    let said = Helper::new("CoreLocationCLI", vec!["-format".into(), format.into()]).run(host, call).await?;
    let (lat, lon, accuracy) = place(&said)
        .ok_or_else(|| Refusal::new("LOCATION_UNAVAILABLE", "the system did not say where this computer is"))?;
    Ok(json!({ "lat": lat, "lon": lon, "accuracyMeters": accuracy, "timestampMs": (host.options.clock)() }))
}

fn place(said: &str) -> Option<(f64, f64, f64)> {
    let mut numbers = said.split_whitespace().map_while(|word| word.parse::<f64>().ok());
    let place = (numbers.next()?, numbers.next()?, numbers.next()?);
    ((-90.0..=90.0).contains(&place.0) && (-180.0..=180.0).contains(&place.1)).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_three_numbers_on_the_globe() {
        assert_eq!(place("52.5 13.4 65.0\n"), Some((52.5, 13.4, 65.0)));
        for wrong in ["", "52.5 13.4", "Location services are off", "152.5 13.4 1"] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }
}
