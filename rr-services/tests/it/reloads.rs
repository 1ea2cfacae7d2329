//! Workers that are replaced because their files have changed.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use rr_core::rpc::{Client, Workers};
use rr_services::Reload;
use tokio::time::sleep;

use crate::server::{APP, Running, free_port, run, services};

async fn start(command: &str, reload: &str) -> Result<Running, String> {
    let (http, rpc) = (free_port(), free_port());
    let text = format!(
        "version: '3'\nrpc: {{listen: 'tcp://{rpc}'}}\nserver: {{command: [php, {command}]}}\n\
         http: {{address: '{http}', pool: {{num_workers: 1, destroy_timeout: 5s}}}}\n{reload}"
    );
    run(services().service(Reload), http, rpc, &text).await
}

async fn pid(server: &Running) -> u32 {
    let address = format!("tcp://{}", server.rpc).parse().unwrap();
    let mut client = Client::connect(&address).await.unwrap();
    let told: Workers = client.call("informer.Workers", &"http").await.unwrap();
    told.workers.unwrap().last().unwrap().pid
}

async fn another(server: &Running, old: u32) -> u32 {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let pid = pid(server).await;
        if pid != old {
            return pid;
        }
        assert!(Instant::now() < limit, "the worker stayed");
        sleep(Duration::from_millis(20)).await;
    }
}

fn section(dir: &Path, more: &str) -> String {
    format!(
        "reload:\n  interval: 100ms\n{more}  services:\n    http:\n      dirs: [{}]\n      \
         recursive: true\n      ignore: [vendor]\n      patterns: [.yaml]\n",
        dir.display()
    )
}

#[tokio::test]
async fn a_changed_file_replaces_the_workers_of_its_service() {
    for more in ["", "  poll: true\n"] {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["src/deep", "vendor"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let file = dir.path().join("src/A.php");
        fs::write(&file, "<?php").unwrap();
        // Who looks at the files compares whole seconds.
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        let opened = fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(long_ago).unwrap();
        let server = start(APP, &section(dir.path(), more)).await.unwrap();
        let first = pid(&server).await;
        fs::write(dir.path().join("vendor/A.php"), "<?php").unwrap();
        fs::write(dir.path().join("src/notes.txt"), "no code").unwrap();
        sleep(Duration::from_millis(700)).await;
        assert_eq!(pid(&server).await, first, "that is not its code");

        fs::write(&file, "<?php // changed").unwrap();
        let second = another(&server, first).await;
        fs::write(dir.path().join("src/deep/new.yaml"), "a: 1").unwrap();
        let third = another(&server, second).await;
        fs::rename(&file, dir.path().join("src/B.php")).unwrap();
        another(&server, third).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn code_that_does_not_boot_leaves_the_old_workers_until_it_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let worker = dir.path().join("worker.php");
    let sound = format!("<?php require '{APP}';");
    fs::write(&worker, &sound).unwrap();
    let command = worker.display().to_string();
    let server = start(&command, &section(dir.path(), "")).await.unwrap();
    let first = pid(&server).await;
    fs::write(&worker, "<?php exit(1);").unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(pid(&server).await, first);
    fs::write(&worker, &sound).unwrap();
    another(&server, first).await;
    server.stop().await;
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let Err(error) = start(
        APP,
        "reload: {services: {http: {dirs: [/no/such/folder]}}}\n",
    )
    .await
    else {
        panic!("it started");
    };
    assert_eq!(
        error,
        "`reload` cannot start: cannot watch `/no/such/folder`: No such file or directory (os error 2)\n\
         help: correct `reload.services.http.dirs`"
    );
}
