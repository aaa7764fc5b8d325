//! Which addresses are those of SNS. Whoever gets this wrong fetches what a stranger chooses.

use reqwest::Url;

/// The address of a certificate: of SNS, and its path ends in `.pem`.
pub(super) fn certificate(raw: &str) -> Option<Url> {
    of_sns(raw).filter(|url| url.path().ends_with(".pem") && url.query().is_none())
}

/// The address that confirms a subscription to `topic`.
pub(super) fn confirmation(raw: &str, topic: &str) -> Option<Url> {
    of_sns(raw).filter(|url| {
        let said = |name: &str| {
            let mut values = url.query_pairs().filter(|(key, _)| key == name);
            let first = values.next().map(|(_, value)| value.into_owned());
            first.filter(|_| values.next().is_none())
        };
        url.path() == "/"
            && said("Action").as_deref() == Some("ConfirmSubscription")
            && said("TopicArn").as_deref() == Some(topic)
    })
}

/// `https://sns.REGION.amazonaws.com` or `….com.cn`, with the usual port and nobody's name.
fn of_sns(raw: &str) -> Option<Url> {
    // A parser that repairs an address may repair it otherwise than the next one: what it would have
    // to repair is refused.
    if !raw.starts_with("https://") || !raw.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return None;
    }
    let url = Url::parse(raw).ok()?;
    let plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    let host = url.host_str()?;
    let region = host.strip_prefix("sns.").and_then(|rest| {
        rest.strip_suffix(".amazonaws.com")
            .or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
    })?;
    (plain && is_region(region)).then_some(url)
}

/// One label of a host: `eu-west-1`.
pub(super) fn is_region(label: &str) -> bool {
    label.len() >= 3
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:mail-in";

    #[test]
    fn the_addresses_of_sns_are_taken() {
        for raw in [
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.us-gov-west-1.amazonaws.com/a/b.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
            "https://SNS.eu-west-1.amazonaws.com:443/x.pem",
        ] {
            assert!(certificate(raw).is_some(), "{raw}");
        }
    }

    #[test]
    fn every_look_alike_is_refused() {
        for raw in [
            "http://sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
            "https://evil.example#sns.eu-west-1.amazonaws.com/x.pem",
            "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
            "https://user:word@sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.a.b.amazonaws.com/x.pem",
            "https://sns.eu.amazonaws.com.cn.evil.example/x.pem",
            "https://sns..amazonaws.com/x.pem",
            "https://sns.e1.amazonaws.com/x.pem",
            "https://sns.amazonaws.com/x.pem",
            "https://xsns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com/x.pem?y=1",
            "https://sns.eu-west-1.amazonaws.com/x.pem#y",
            "https://sns.eu-west-1.amazonaws.com/x.pem/y",
            "https://sns.eu-west-1.amazonaws.com/x.exe",
            "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
            "https://evil.example\\.sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu\u{2010}west-1.amazonaws.com/x.pem",
            "https://sn\u{455}.eu-west-1.amazonaws.com/x.pem",
            "ht\ttps://sns.eu-west-1.amazonaws.com/x.pem",
            " https://sns.eu-west-1.amazonaws.com/x.pem",
            "https://169.254.169.254/latest/x.pem",
            "file:///etc/x.pem",
            "",
        ] {
            assert!(certificate(raw).is_none(), "{raw}");
        }
    }

    #[test]
    fn only_a_confirmation_of_the_topic_is_visited() {
        let url = |query: &str| format!("https://sns.eu-west-1.amazonaws.com/?{query}");
        let good = format!("Action=ConfirmSubscription&TopicArn={TOPIC}&Token=233");
        assert!(confirmation(&url(&good), TOPIC).is_some());
        for query in [
            format!("Action=DeleteTopic&TopicArn={TOPIC}&Token=233"),
            "Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:9:x&Token=233".to_owned(),
            format!("{good}&Action=DeleteTopic"),
            "Token=233".to_owned(),
        ] {
            assert!(confirmation(&url(&query), TOPIC).is_none(), "{query}");
        }
        let elsewhere = url(&good).replace("amazonaws.com", "amazonaws.com.evil.example");
        assert!(confirmation(&elsewhere, TOPIC).is_none());
    }
}
