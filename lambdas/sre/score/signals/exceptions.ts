import { SIGNAL_GROUPS, type SignalGroup } from '../../domain/signal.ts';

/**
 * Classes whose name says what failed. At the start of a line they count from INFO up; inside of a sentence, and as the
 * type of a record, only from WARN up: a client that repeats a call names the class of the first failure, too.
 */
const CLASSES: Readonly<Record<SignalGroup, string>> = {
  oom: 'OutOfMemoryError OutOfMemoryException MemoryError InsufficientMemoryException bad_alloc NoMemoryError',
  crash:
    'StackOverflowError StackOverflowException AccessViolationException InternalError UnhandledPromiseRejection ' +
    'PanicException SystemStackError RecursionError',
  resource:
    'RejectedExecutionException PoolExhaustedException PoolTimeoutError NoFreeConnectionException ' +
    'TooManyConnectionsError TooManyOpenFilesException DiskFullException InsufficientStorageException ' +
    'DiskQuotaExceededException',
  dependency:
    'ServiceUnavailableException ServiceUnavailable HttpServerErrorException NoHostAvailableException ' +
    'NoNodeAvailableException NoBrokersAvailable UnknownHostException CallNotPermittedException ' +
    'CircuitBreakingException CircuitBreakerOpenException BrokenCircuitException BadGatewayException ' +
    'KafkaConnectionError NoServersAvailableException UnresolvedAddressException gaierror',
  database:
    'SQLException PSQLException SQLServerException MySQLNonTransientConnectionException SQLTransientConnectionException SQLNonTransientConnectionException ' +
    'SQLTimeoutException SQLRecoverableException SqlException OperationalError InterfaceError DatabaseError ' +
    'JDBCConnectionException GenericJDBCException DataAccessResourceFailureException ' +
    'CannotGetJdbcConnectionException DeadlockLoserDataAccessException CannotAcquireLockException ' +
    'LockAcquisitionException LockTimeoutException RedisConnectionException RedisConnectionFailureException ' +
    'JedisConnectionException RedisCommandTimeoutException MongoNetworkError MongoServerSelectionError ' +
    'MongoTimeoutError MongoTimeoutException MongoSocketException MongoSocketOpenException ' +
    'ServerSelectionTimeoutError AutoReconnect NotPrimaryError DeadlockDetected ' +
    'ConnectionDoesNotExistError CannotConnectNowError TransactionRolledbackError ' +
    'ProvisionedThroughputExceededException PrismaClientInitializationError SequelizeConnectionError ' +
    'SequelizeConnectionRefusedError',
  timeout:
    'TimeoutException TimeoutError SocketTimeoutException ReadTimeoutException ConnectTimeoutException ' +
    'ReadTimeoutError ConnectTimeoutError ReadTimeout ConnectTimeout HttpTimeoutException TimeoutExpired ConnectionTimeout ' +
    'ConnectionTimeoutError PoolTimeout TimeLimitExceeded SoftTimeLimitExceeded WriteTimeout APITimeoutError ' +
    'QueryTimeoutException DeadlineExceeded DeadlineExceededException TaskTimeoutException ' +
    'AsyncRequestTimeoutException WebDriverTimeoutException HeadersTimeoutError BodyTimeoutError',
  connection:
    'ConnectException ConnectError ClientConnectorError ClientConnectionError ServerDisconnectedError ' +
    'RemoteProtocolError APIConnectionError URLError NoRouteToHostException ConnectionRefusedError ConnectionResetError ConnectionError ' +
    'ConnectionAbortedError BrokenPipeError BrokenPipeException ClosedChannelException ClosedConnectionException ' +
    'SSLHandshakeException SSLException SSLError SocketException HttpHostConnectException ' +
    'NewConnectionError MaxRetryError RemoteDisconnected ConnectionClosedException PrematureCloseException ' +
    'CertificateExpiredException WebSocketException RetriesExhaustedException',
  auth:
    'AuthenticationException BadCredentialsException UnauthorizedException AccessDeniedException ' +
    'AccessDenied ForbiddenException ExpiredTokenException ExpiredToken InvalidClientTokenId ' +
    'SignatureDoesNotMatch NotAuthorizedException TokenExpiredError ExpiredJwtException UnauthenticatedException ' +
    'PermissionError',
};

export interface FailureClass {
  readonly name: string;
  readonly group: SignalGroup;
}

export const FAILURE_CLASSES: readonly FailureClass[] = SIGNAL_GROUPS.flatMap((group) =>
  CLASSES[group].split(' ').map((name) => ({ name, group })),
);

/** Classes of SQLSTATE that say the database could not serve: connection, rollback, resources, intervention, system. */
const SQLSTATE_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '57', '58', 'XX']);
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Whether an exception's type is a code of a database that could not serve; `23505` (a duplicate) is none. */
export const isDatabaseCode = (type: string): boolean =>
  SQLSTATE.test(type) && /\d/.test(type) && SQLSTATE_CLASSES.has(type.slice(0, 2));
