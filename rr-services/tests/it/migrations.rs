//! Configurations of RoadRunner 1 with every key that it had, migrated to what this server reads
//! without a complaint.
#![cfg(unix)]

use std::fs;

use insta::assert_snapshot;

use crate::{certificates::Certificates, project::Project};

/// Every key of version 1.9.2, with the numbers of `docs/compatibility/seed.md`.
const EVERY_KEY: &str = "\
env:
  APP_KEY: secret # K002
rpc:
  enable: true # K003
  listen: tcp://127.0.0.1:6001 # K004
metrics:
  address: localhost:2112 # K005
  collect: # K006
    app_metric:
      type: histogram # K007
      help: Custom application metric # K008
      labels: [type, flags] # K009
      buckets: [0.1, 0.2, 0.3, 1.0] # K010
      namespace: shop # K012
      subsystem: cart
    app_summary:
      type: summary
      objectives: # K011
        0.5: 0.05
        0.99: 0.001
http:
  enable: true # K013
  address: 0.0.0.0:8080 # K014
  appErrorCode: 505 # K015
  internalErrorCode: 505 # K016
  maxRequest: 100 # K017
  maxRequestSize: 200 # K018
  trustedSubnets: [10.0.0.0/8, 127.0.0.0/8] # K019
  uploads:
    dir: /tmp # K020
    forbid: [.php, .exe] # K021
  ssl:
    port: 8443 # K022
    redirect: true # K023
    cert: server.crt # K024
    key: server.key
    rootCa: ca.crt # K025
  http2:
    enabled: true # K026
    h2c: true # K027
    maxConcurrentStreams: 128 # K028
  fcgi:
    address: tcp://127.0.0.1:6920 # K029
  workers:
    command: php psr-worker.php pipes # K030
    user: root # K031
    relay: pipes # K032
    relayTimeout: 60 # K033
    pool:
      numWorkers: 4 # K034
      maxJobs: 10 # K035
      allocateTimeout: 60 # K036
      destroyTimeout: 60 # K037
headers:
  cors:
    allowedOrigin: '*' # K039
    allowedHeaders: '*' # K040
    allowedMethods: GET,POST,PUT,DELETE # K041
    allowCredentials: false # K042
    exposedHeaders: Cache-Control # K043
    maxAge: 600 # K044
  request:
    Example-Request-Header: Value # K045
  response:
    X-Powered-By: RoadRunner # K046
static:
  enable: true # K048
  dir: public # K049
  forbid: [.php, .htaccess] # K050
  always: [.jpg] # K051
  request:
    Example: Value # K052
  response:
    X-Served-By: static
limit:
  interval: 1 # K053
  services:
    http:
      maxMemory: 100 # K054
      TTL: 60 # K055
      idleTTL: 30 # K056
      execTTL: 10 # K057
health:
  address: localhost:2113 # K058
gzip:
  enable: true # K059
reload:
  enabled: true # K060
  interval: 1s # K061
  patterns: [.php] # K062
  services: # K063
    http:
      enabled: true
      dirs: ['']
      recursive: true
      ignore: [vendor]
      patterns: [.php, .md]
    jobs:
      enabled: false
      dirs: [jobs]
";

#[test]
fn every_key_of_roadrunner_1_is_migrated_or_named() {
    let project = Project::new();
    project.write("old.yaml", EVERY_KEY);
    project.write("public/index.html", "");
    let made = Certificates::new();
    for file in ["server.crt", "server.key", "ca.crt"] {
        fs::copy(made.path(file), project.path().join(file)).unwrap();
    }
    let migrated = project.rr(&["config", "migrate", "old.yaml"]);
    assert_eq!(migrated.code, 0, "{migrated}");
    assert_snapshot!(migrated);
    project.write(".rr.yaml", &migrated.out);
    let check = project.rr(&["config", "check"]);
    assert_eq!(
        check.to_string(),
        "exit: 0\nstdout:\n.rr.yaml: no mistakes\n"
    );
}
