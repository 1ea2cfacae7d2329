<?php
// Calls methods that speak protobuf, whose messages are given and printed in hex:
// `php service_rpc.php ADDRESS METHOD HEX ..`
declare(strict_types=1);

require __DIR__ . '/../../../php-src/autoload.php';

use RR\Exception\ServiceException;
use RR\Rpc;
use RR\Rpc\Codec;

$rpc = new Rpc($argv[1], Codec::Proto, 20.0);
foreach (array_chunk(array_slice($argv, 2), 2) as [$method, $message]) {
    try {
        $answer = 'ok ' . bin2hex($rpc->call($method, hex2bin($message)));
    } catch (ServiceException $error) {
        [, $text] = explode("$argv[1]: ", $error->getMessage(), 2);
        $answer = 'error ' . strtr($text, "\n", '|');
    }
    echo $answer, "\n";
}
