// GOOGLE_APPLICATION_CREDENTIALS=config.json cargo run --bin call_from_outside -- https://RECEIVER/PATH [AUDIENCE]
// By workload identity federation: config.json is what `gcloud iam workload-identity-pools create-cred-config` wrote.
use std::{env, error::Error, fs};

use google_cloud_auth::credentials::{external_account, idtoken::impersonated};
use serde_json::Value;

const SCOPES: [&str; 1] = ["https://www.googleapis.com/auth/cloud-platform"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (Some(url), Some(audience)) = (args.first(), args.last()) else {
        return Err("call_from_outside https://RECEIVER/PATH [AUDIENCE]".into());
    };
    let mut config: Value = serde_json::from_str(&fs::read_to_string(env::var("GOOGLE_APPLICATION_CREDENTIALS")?)?)?;

    // The token of the Security Token Service asks the account for an ID token, where others ask for an access token.
    let removed = config.as_object_mut().and_then(|config| config.remove("service_account_impersonation_url"));
    let account = removed
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|url| url.rsplit('/').next()?.strip_suffix(":generateAccessToken"))
        .ok_or("config.json names no account to impersonate")?;
    let federated = external_account::Builder::new(config).with_scopes(SCOPES).build()?;
    let credentials = impersonated::Builder::from_source_credentials(audience, account, federated)
        .with_include_email()
        .build()?;
    let token = credentials.id_token().await?;
    let response = reqwest::Client::new().get(url).bearer_auth(token).send().await?;
    println!("{} {}", response.status().as_u16(), response.text().await?);
    Ok(())
}
