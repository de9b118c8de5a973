//! A mail server of the test's own that behaves as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::lab::REMOTE;

#[derive(Clone, Copy, PartialEq)]
pub enum Behaviour {
    Accept,
    /// Takes the connection and says nothing.
    Silent,
    HangUpAfterData,
}

pub struct Sink {
    pub port: u16,
    mails: Receiver<String>,
}

impl Sink {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((REMOTE, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let sender = sender.clone();
                // A client that goes away early ends its own session only.
                std::thread::spawn(move || serve(client, behaviour, &sender));
            }
        });
        Sink { port, mails }
    }

    pub fn wait_for_mail(&self) -> String {
        self.mails.recv_timeout(Duration::from_secs(30)).expect("a mail within half a minute")
    }
}

fn serve(client: TcpStream, behaviour: Behaviour, mails: &Sender<String>) -> std::io::Result<()> {
    if behaviour == Behaviour::Silent {
        std::thread::sleep(Duration::from_secs(30));
        return Ok(());
    }
    let mut out = client.try_clone()?;
    let mut lines = BufReader::new(client).lines();
    out.write_all(b"220 inbox.example.org ESMTP\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let body: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                if behaviour == Behaviour::HangUpAfterData {
                    return Ok(());
                }
                // Nobody may be waiting for it any more.
                let _ = mails.send(body.join("\n"));
                out.write_all(b"250 2.0.0 taken\r\n")?;
            }
            "QUIT" => return out.write_all(b"221 2.0.0 bye\r\n"),
            _ => out.write_all(b"250 ok\r\n")?,
        }
    }
    Ok(())
}
