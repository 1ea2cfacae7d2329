<?php

declare(strict_types=1);

namespace RR\Exception;

/**
 * The connection to the server failed: it cannot be opened, it ended, or it cannot be written to.
 */
class RelayException extends \RuntimeException
{
}
