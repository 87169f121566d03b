//! The two ways out, as configured: an SMTP server, and a webhook for SMS or a government messenger.
use super::{Channel, Delivery};
use crate::{
    config::Config,
    error::{Error, Result},
};
use hmac::{Hmac, Mac};
use lettre::{Message, SmtpTransport, Transport, message::Mailbox};
use sha2::Sha256;
use std::time::Duration;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// HMAC-SHA256 of the body with the shared key, in hex.
pub const SIGNATURE: &str = "X-Zhuqi-Signature";
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
}

struct Webhook {
    agent: ureq::Agent,
    url: String,
    key: String,
    template: String,
}

pub struct Channels {
    mail: Option<Mail>,
    webhook: Option<Webhook>,
}

impl Channels {
    /// Nothing that is not configured leaves the machine.
    pub fn of(config: &Config) -> Result<Self> {
        let mail = match (&config.smtp, &config.smtp_from) {
            (None, _) => None,
            (Some(_), None) => return Err(Error::refused("设了 ZHUQI_SMTP，还要设发件人 ZHUQI_SMTP_FROM")),
            (Some(url), Some(from)) => {
                let transport = SmtpTransport::from_url(url)
                    .map_err(|cause| Error::refused(format!("ZHUQI_SMTP 的格式不对：{cause}")))?
                    .timeout(Some(PATIENCE))
                    .build();
                let from =
                    from.parse().map_err(|cause| Error::refused(format!("ZHUQI_SMTP_FROM 不是邮件地址：{cause}")))?;
                Some(Mail { transport, from })
            }
        };
        let webhook = match (&config.webhook, &config.webhook_key) {
            (None, _) => None,
            (Some(_), None) => return Err(Error::refused("设了 ZHUQI_WEBHOOK，还要设签名密钥 ZHUQI_WEBHOOK_KEY")),
            (Some(url), Some(key)) => {
                let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
                let template = config.webhook_template.clone();
                Some(Webhook { agent, url: url.clone(), key: key.clone(), template })
            }
        };
        Ok(Self { mail, webhook })
    }

    pub fn configured(&self) -> Vec<Channel> {
        let mail = self.mail.as_ref().map(|_| Channel::Email);
        mail.into_iter().chain(self.webhook.as_ref().map(|_| Channel::Phone)).collect()
    }

    /// Hands it over, or says why it was not taken.
    pub fn send(&self, delivery: &Delivery, link: &str) -> std::result::Result<(), String> {
        match (delivery.channel, &self.mail, &self.webhook) {
            (Channel::Email, Some(mail), _) => mail.send(delivery, link),
            (Channel::Phone, _, Some(webhook)) => webhook.send(delivery, link),
            _ => Err("这个渠道没有启用".into()),
        }
    }
}

impl Mail {
    fn send(&self, delivery: &Delivery, link: &str) -> std::result::Result<(), String> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(delivery.recipient.parse().map_err(|cause| format!("收件地址不对：{cause}"))?)
            .subject(&delivery.subject)
            .message_id(Some(format!("<{}@{}>", delivery.idempotency_key, self.from.email.domain())))
            .body(format!("{}\r\n\r\n{link}\r\n", delivery.text))
            .map_err(|cause| cause.to_string())?;
        self.transport.send(&message).map(|_| ()).map_err(|cause| cause.to_string())
    }
}

#[derive(serde::Serialize)]
struct Body<'a> {
    to: &'a str,
    text: &'a str,
    key: &'a str,
}

/// The signature of a body, as the receiver computes it.
pub fn signature(key: &str, body: &[u8]) -> String {
    // A key of any length is right for HMAC.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key fits");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

impl Webhook {
    fn send(&self, delivery: &Delivery, link: &str) -> std::result::Result<(), String> {
        let text = self
            .template
            .replace("{subject}", &delivery.subject)
            .replace("{text}", &delivery.text)
            .replace("{link}", link);
        let body = Body { to: &delivery.recipient, text: &text, key: &delivery.idempotency_key };
        let body = serde_json::to_vec(&body).map_err(|cause| cause.to_string())?;
        self.agent
            .post(&self.url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header(SIGNATURE, signature(&self.key, &body))
            .header(IDEMPOTENCY_KEY, &delivery.idempotency_key)
            .send(&body[..])
            .map(|_| ())
            .map_err(|cause| cause.to_string())
    }
}
