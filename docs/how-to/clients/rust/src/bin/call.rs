// cargo run --bin call -- https://RECEIVER/PATH [AUDIENCE]
use std::{env, error::Error};

use google_cloud_auth::credentials::idtoken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (Some(url), Some(audience)) = (args.first(), args.last()) else {
        return Err("call https://RECEIVER/PATH [AUDIENCE]".into());
    };
    let credentials = idtoken::Builder::new(audience).with_include_email().build()?;
    let token = credentials.id_token().await?;
    let response = reqwest::Client::new().get(url).bearer_auth(token).send().await?;
    println!("{} {}", response.status().as_u16(), response.text().await?);
    Ok(())
}
