<?php

/**
 * A worker that does what the body of a task says, then answers with the body.
 */

declare(strict_types=1);

use RR\Payload;
use RR\Worker;

require __DIR__ . '/../../autoload.php';

$worker = Worker::create();
Worker::create(); // a second one changes nothing

while (($task = $worker->receive()) !== null) {
    $result = $task->body;
    switch ($task->body) {
        case 'echo':
            echo "echoed\n";
            break;
        case 'var_dump':
            var_dump(['dumped' => 1]);
            break;
        case 'warning':
            trigger_error('warned', E_USER_WARNING);
            break;
        case 'php://output':
            file_put_contents('php://output', "to output\n");
            break;
        case 'php://stdout':
            file_put_contents('php://stdout', "to stdout\n");
            break;
        case 'ob_end_clean':
            while (ob_get_level() > 0) {
                ob_end_clean();
            }
            echo "echoed without a buffer\n";
            break;
        case 'child':
            system('echo said by a child; cat');
            break;
        case 'STDOUT':
            try {
                fwrite(STDOUT, "never seen\n");
            } catch (TypeError $e) {
                $result = $e->getMessage();
            }
            break;
        case 'stdin':
            $result = 'read: ' . file_get_contents('php://stdin');
            break;
        case 'headers':
            echo "echoed\n";
            header('X-A: 1');
            $result = var_export(headers_sent(), true);
            break;
        case 'signals':
            pcntl_signal(SIGUSR1, static fn () => null, false); // read() is interrupted rather than resumed
            break;
        case 'exit':
            exit(3);
        case 'fatal':
            undefined_function();
            break;
        case 'memory':
            ini_set('memory_limit', '16M');
            str_repeat('x', 1 << 30);
            break;
        case 'stop':
            $worker->stop();
            continue 2;
        case 'env':
            $result = json_encode(RR\Environment::fromGlobals());
            break;
    }
    $worker->respond(new Payload($result, $task->context, $task->codec));
}

echo "the end\n";
