<?php

/** A worker of the shop: a PHP process that the server keeps, and hands one request after the other. */

declare(strict_types=1);

use RR\HttpWorker;
use RR\Rpc;

require __DIR__ . '/../../php-src/autoload.php';
require __DIR__ . '/app/Shop.php';

$worker = HttpWorker::create();
$shop = new Shop(Rpc::create(), require __DIR__ . '/app/page.php');
$worker->run($shop->handle(...));
