// cargo run --bin verify -- AUDIENCE [CERTIFICATES_URL] < token
use std::{env, error::Error, io};

use google_cloud_auth::credentials::idtoken::verifier;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let audience = args.next().ok_or("verify AUDIENCE [CERTIFICATES_URL]")?;
    let mut builder = verifier::Builder::new([audience]);
    if let Some(certificates) = args.next() {
        builder = builder.with_jwks_url(certificates);
    }
    let token = io::read_to_string(io::stdin())?;
    let claims = builder.build().verify(token.trim()).await?;
    println!("{}", claims["email"].as_str().ok_or("no e-mail")?);
    Ok(())
}
